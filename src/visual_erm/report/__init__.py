"""Pages a person looks at: self-contained HTML."""
