"""What happens to a document, a question and a batch; never torch, never sqlalchemy."""
