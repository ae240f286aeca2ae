"""The kernel of a spin flip, and its integral over all times: panels, contours, and a closed form."""
