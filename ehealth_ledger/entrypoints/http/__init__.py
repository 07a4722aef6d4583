"""Answer hospital systems over HTTP: commands in, receipts and problems out."""
