"""Read the ledger for people: disposable models, each able to prove its age."""
