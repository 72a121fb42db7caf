"""Files of strangers, opened in a process of their own with limits on what it may take.

extracting and Drawer are used from here; child.py is the other side of the pipe.
"""
