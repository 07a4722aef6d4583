"""Turn priced acts into statements: pure arithmetic that both sides share."""
