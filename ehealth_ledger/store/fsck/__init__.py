"""Check a stored ledger whole: records, blobs, signatures, receipts, head, index rows, totals."""
