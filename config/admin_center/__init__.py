"""The admin center as a whole: what stands where, and what is still to be set up. The pages are their apps'."""
