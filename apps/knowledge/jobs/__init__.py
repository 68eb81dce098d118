"""The work on uploads and who does it: leases, indexing, the flip from old chunks to new, sweeping."""
