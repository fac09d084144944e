"""Judge SFT in miniature; see `__main__`."""
