"""The heads of the first reading: embeddings and saliences, trained on a body that stands still."""
