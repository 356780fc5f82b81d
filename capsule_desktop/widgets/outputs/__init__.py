"""The outputs of a cell, as widgets: `area.OutputArea` is what others embed."""
