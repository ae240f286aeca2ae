"""How a network oscillates: limit cycles, their multipliers, and families of them."""
