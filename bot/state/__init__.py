"""What must outlive the process, sealed: messages received, replies not yet sent, conversations. It knows no Rasa."""
