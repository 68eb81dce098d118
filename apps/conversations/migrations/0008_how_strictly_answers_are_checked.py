from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0007_saved_filters"),
    ]

    operations = [
        migrations.AddField(
            model_name="site",
            name="asks_judge",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="site",
            name="strictness",
            field=models.CharField(
                choices=[
                    ("quotes", "Quotations only"),
                    ("strict", "Strict"),
                    ("balanced", "Balanced"),
                    ("lenient", "Lenient"),
                ],
                default="balanced",
                max_length=10,
            ),
        ),
    ]
