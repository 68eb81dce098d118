"""Good conversations and personal data to plant among them, made for measuring the cleaning: no rule was made for them.

en.txt, zh.txt   questions and answers of sixty trades, one a line, in each language
talks.py         conversations from them, and from a manual's paragraphs
personal.py      items of personal data in unusual ways of writing them, and sentences to put them in
"""
