"""Writing on from a state: token after token, streamed text, batches and beams."""
