"""Answer the laws' questions about other streams, from index tables, under the head's lock."""
