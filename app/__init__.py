"""What users touch: settings, the service, the command line, the worker and the web page."""
