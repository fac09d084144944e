"""The programs are data; nothing here is to be collected or imported."""

collect_ignore_glob = ["*.py"]
