"""The suite: claims about the product, against real parts."""
