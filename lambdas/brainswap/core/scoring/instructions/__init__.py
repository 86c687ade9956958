"""IFEval's verifiable instructions (Zhou et al. 2023, arXiv:2311.07911): what each asks for and how it is checked."""
