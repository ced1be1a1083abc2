"""The senders of SMS, WhatsApp and RCS that the settings name."""

from __future__ import annotations

from agent.settings import Settings
from getting_started.setup.addresses import Addresses, Senders


def _senders(settings: Settings) -> Senders:
    senders = {
        settings.phone_number: "sms",
        settings.whatsapp_number: "whatsapp",
        settings.rcs_sender_id: "rcs",
    }
    return {address: kind for address, kind in senders.items() if address}


MESSAGING_ADDRESSES = Addresses("messaging-addresses", "messaging addresses", _senders)
