"""How the shipped weights came to be: data, tokenizer, training, export."""
