"""What the bench runs in processes of their own, under the settings of what they measure."""
