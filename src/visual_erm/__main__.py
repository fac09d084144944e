"""`python -m visual_erm` is `verm`, for where scripts of the environment are not on the path."""

from visual_erm.cli import main

if __name__ == "__main__":
    main()
