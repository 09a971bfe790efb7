"""What the desk must hear of: what is new about a sanction event (`novelty`). Pure."""
