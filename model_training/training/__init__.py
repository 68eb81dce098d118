"""The room with torch: rendered rows in, an adapter out. `model_training.train` starts it, in the model environment.

PEFT makes the adapter, TRL's trainers run the course, Accelerate spreads it over several GPUs. What is ours: which
tokens are learnt (`encoding`), what is told while it runs (`watching`), what is kept and taken up again
(`checkpoints`), and how each failure is put into a sentence (`failing`).
"""
