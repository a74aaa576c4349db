"""Messaging platforms: what all of them share. One adapter a platform stands beside this folder."""
