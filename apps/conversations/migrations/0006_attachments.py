"""Files that are sent along with messages."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.conversations.models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0005_what_changed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "sender",
                    models.CharField(
                        choices=[
                            ("contact", "Customer"),
                            ("assistant", "Assistant"),
                            ("agent", "Agent"),
                            ("system", "System"),
                        ],
                        max_length=10,
                    ),
                ),
                ("file", models.FileField(upload_to=apps.conversations.models.attachment_path)),
                ("name", models.CharField(max_length=150)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("png", "PNG"),
                            ("jpeg", "JPEG"),
                            ("gif", "GIF"),
                            ("webp", "WebP"),
                            ("pdf", "PDF"),
                        ],
                        max_length=4,
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="conversations.message",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "created_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("message", None)),
                        fields=["created_at"],
                        name="attachment_not_sent",
                    )
                ],
            },
        ),
    ]
