"""`make bench`: what users wait for, each figure beside the floor that it is compared to, in the same run."""
