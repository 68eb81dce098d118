"""What the assistant knows: documents, their chunks, and the jobs that index them. Remembers for `retrieval`.

KnowledgeError         what a person asked for cannot be done; `code` for programs, `sentence` for people
├── UploadRefused      the file is empty, too large or of a type that we do not read
├── CannotRetry        the job is not one that failed or was cancelled, or a newer file took its place
├── CannotCancel       the job was over already
├── CannotBringBack    the version answers now, or is a row of a file
├── BadFaq             a question without its answer, or more than is taken
├── EditedMeanwhile    somebody else saved the FAQ after it was opened
├── BadLabels          no labelled question, or a file with broken lines: each with its number and reason
├── CannotMeasure      nothing to measure by, or another run is under way
└── BadWebsite         the address leads nowhere that is read, or is here already

Inside a worker (`leasing.py`), never seen by anyone else:

LeaseLost              the job is not this worker's any more: it was cancelled, or another worker has it
Superseded             a newer version of the file was indexed first
"""
