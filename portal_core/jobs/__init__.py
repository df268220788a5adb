"""The worker and what it needs: claiming (outbox), deciding, putting in form (message), sending (smtp; mailbox in the demo)."""
