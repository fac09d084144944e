"""Tables: a sheet of cells, operators that edit it, looks that dress it, and its sources."""
