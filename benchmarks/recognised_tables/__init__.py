"""How the judge does on tables that real recognition systems wrote, with exact labels."""
