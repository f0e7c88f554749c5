"""`python -m tiktok_destination` is the command `tiktok-destination`."""

from tiktok_destination.cli import main

if __name__ == "__main__":
    main()
