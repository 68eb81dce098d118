"""What the product says in other languages than English. `django.po` is edited by hand, `django.mo` made of it."""
