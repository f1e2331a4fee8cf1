"""Exit 0 when the address answers 200: for containers, whose image has no curl."""

import sys
import urllib.request

if __name__ == "__main__":
    with urllib.request.urlopen(sys.argv[1], timeout=4) as answer:  # noqa: S310
        sys.exit(answer.status != 200)
