"""Keep what the projectors read: tables, row documents, checkpoints, and the queries over them."""
