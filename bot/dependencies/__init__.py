"""What this program is made of: every pinned package, its known advisories, and a bill of materials."""
