"""The main job, headless, against a site of its own: `python -m deploy.smoke --database sqlite|mysql`."""
