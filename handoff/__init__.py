"""From bot to person: the case file, the queue, the operators' console."""
