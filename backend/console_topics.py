"""What a conversation or a line is about, in the words of staff."""

from backend.app_state import Core
from backend.handover import URGENT, Handover
from content.texts import N_, Texts

TOPICS = {
    "residence_permit_card": N_("Residence permit card"),
    "population_registration": N_("Population registration"),
    "personal_number": N_("Personal identity number"),
    "id_card": N_("ID card"),
    "digital_id": N_("Electronic identity"),
    "bank_account": N_("Bank account"),
    "find_housing": N_("Finding a home"),
    "tenancy_contract": N_("Rental contract"),
    "tenancy_problems": N_("Problems with the home"),
    "housing_allowance": N_("Housing allowance"),
    "integration_benefit": N_("Establishment benefit"),
    "social_assistance": N_("Social assistance"),
    "child_benefit": N_("Child benefit"),
    "language_course": N_("Language course"),
    "civic_orientation": N_("Civic orientation"),
    "health_care": N_("Health care"),
    "dental_care": N_("Dental care"),
    "mental_health": N_("Mental health"),
    "emergency": N_("Emergency numbers"),
    "school": N_("School"),
    "preschool": N_("Preschool"),
    "find_work": N_("Finding work"),
    "start_business": N_("Starting a business"),
    "qualifications": N_("Foreign qualifications"),
    "driving_licence": N_("Driving licence"),
    "tax_card": N_("Tax"),
    "interpreter": N_("Interpreter"),
    "family_reunification": N_("Family reunification"),
    "permit_extension": N_("Extending a permit"),
    "travel_document": N_("Travel document"),
    "temporary_protection": N_("Temporary protection"),
    "official_mail": N_("Letter from an authority"),
    "transport": N_("Travel and transport"),
    "library_leisure": N_("Library and leisure"),
    "legal_advice": N_("Legal advice"),
    "violence_help": N_("Help against violence"),
}
ACTS = {
    "greet": N_("Says hello"),
    "goodbye": N_("Says goodbye"),
    "thank": N_("Says thank you"),
    "help": N_("Asks what the bot can do"),
    "bot_challenge": N_("Asks whether it is a person"),
    "affirm": N_("Says yes"),
    "deny": N_("Says no"),
    "stop": N_("Wants to stop"),
    "restart": N_("Wants to start over"),
    "change_language": N_("Wants another language"),
    "book_drop_in": N_("Wants to come to the drop-in"),
    "book_interpreter_day": N_("Wants a time with an interpreter"),
    "book": N_("Wants a time"),
    "my_bookings": N_("Asks about booked times"),
    "cancel_booking": N_("Wants to cancel a time"),
    "reschedule_booking": N_("Wants to move a time"),
    "opening_hours": N_("Asks about opening hours"),
    "talk_to_human": N_("Wants to talk to a person"),
    "queue_status": N_("Asks about the place in the queue"),
    "urgent_danger": N_("Somebody is in danger now"),
    "feedback": N_("Says what was wrong or good"),
    "delete_data": N_("Wants data shown or deleted"),
    "out_of_scope": N_("None of these: the bot has no answer"),
}


def topic_name(texts: Texts, topic: str) -> str:
    """Or of an act. One added as a file only is shown by its id until it has a word here."""
    known = TOPICS.get(topic) or ACTS.get(topic)
    return texts.gettext(known) if known else topic.replace("_", " ")


def handover_title(texts: Texts, handover: Handover) -> str:
    if handover.priority >= URGENT:
        return texts.gettext("Somebody may be in danger")
    if handover.topic:
        return topic_name(texts, handover.topic)
    return texts.gettext("Wants to talk to a person")


def answered_topic(core: Core, country: str, language: str, title: str) -> str | None:
    """Which topic the bot answered, found by the title that the resident saw: "Bank · cost"."""
    title = title.partition(" · ")[0]
    return next(
        (
            answer.topic
            for answer in core.answers
            if (answer.country, answer.language, answer.title) == (country, language, title)
        ),
        None,
    )
