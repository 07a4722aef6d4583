"""Hold what the treasury says it paid against what the ledger says was paid."""
