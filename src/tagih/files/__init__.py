"""A lender's files: rows to nouns, and complaints that name file, row and field."""
