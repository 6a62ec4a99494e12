"""The canary: a page that is always at hand, to see that the whole graph answers."""

import base64
from typing import Final

_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAPAAAAB4AQAAAADkzUKKAAABwUlEQVR42u3VO2/TUBTA8b/tJHWlUGVg8NDhihmhjGxYrCyV+AAUsbChDkwI6VAYGcrGhvkG3eng"
    "wpIFkZUFOVKkeqhEayLVedx7GUIK8YMRBPLdjn4+Og9Z9zqW3x2Xhhv+R1gvP0khsv5UjUSvZ2sBCABzOj/8Gi/W2YlXke5MguFuXqztn8v79NWth9Wt6dOL6AkX"
    "91/npF1hUmSTPgrF77MFJKQFdv1euE8vhxyQuND5TeIbgFqGqveTW0A7uwwnYMPowVr2XPurERIwttC5+9yAFYABLCSs3fkBTM2LsMAzhlZIsSqYZN4iXmuNTt7/"
    "dMgZmBDG24XazocseHYk+TBdSDcdlJbqXt/cvcNmFOZue2dP/er28ryx5fM3f0WnuVMbbvgPcVTDU0cxA9Cyz6h3XOCNk2R1Y75j4+yL1NTO7G2Bt3GJ/ZOnSsu4"
    "XLsFoDMe3/1IYFx8G6rSY+HhBqA84XNYM5gnYJjvlHnmSncZSqs6WysAjR9U8vJxyulXL/VbApDV7bwFwJhhBXfMj0UOwImjqsESLXCQ5Wl5a562L69qsIrto3uj"
    "Yra31WpHgDmWK9E1aa7chhv+P/g7fGW9Ap6FhCIAAAAASUVORK5CYII="
)
PAGE: Final = base64.b64decode(_PNG)
"""A receipt of two lines, 240 × 120 pixels, black and white."""
