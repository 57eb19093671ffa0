"""What the tests know of the people at the desk."""

# Who is told of a signature: Ada, Cy and one more address. Bob only looks, and the second spelling
# of Ada's address is Ada.
READERS = 3

ADA, SAM, SUE = "ada@acme.example", "staff0@vendor.example", "staff1@vendor.example"
