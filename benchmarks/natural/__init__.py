"""Natural errors: attempts as models of different strength write them, scored by a reader."""
