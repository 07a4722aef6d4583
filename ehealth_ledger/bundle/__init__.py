"""Read and verify what `audit export` wrote: no database, no vault, no network."""
