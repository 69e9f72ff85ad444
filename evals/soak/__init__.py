"""A long run of mixed traffic against a served coach (`python -m evals.soak`): does it stay quick, small and right?"""
