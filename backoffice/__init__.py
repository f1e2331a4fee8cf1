"""The staff web UI: what owners, marketers, care agents and integrators see and press.

Owns: pages, forms, the frame around them (menu, theme, language) and the components they are built from.
Does not own: any table or rule. A page checks the role, makes one domain call and shows plain values.
"""
