"""Addresses of products."""

from django.urls import path

from backoffice.products.views import catalogue, excluded_goods, goods, product

urlpatterns = [
    path("products/", catalogue.products, name="products"),
    path("products/found/", goods.goods_found, name="goods_found"),
    path("products/categories/found/", goods.categories_found, name="categories_found"),
    path("products/excluded/", excluded_goods.excluded_goods, name="excluded_goods"),
    path("products/new/", product.product_new, name="product_new"),
    path("products/adopt/", catalogue.adopt_goods, name="products_adopt"),
    path("products/import/", catalogue.import_new, name="product_import_new"),
    path("products/template.csv", catalogue.import_template, name="product_template"),
    path("products/imports/<uuid:import_id>/", catalogue.import_detail, name="product_import"),
    path("products/imports/<uuid:import_id>/rejects.csv", catalogue.import_rejects, name="product_rejects"),
    path("products/<uuid:product_id>/", product.product_detail, name="product"),
    path("products/<uuid:product_id>/edit/", product.product_edit, name="product_edit"),
    path("products/<uuid:product_id>/cost/", product.product_cost, name="product_cost"),
    path("products/<uuid:product_id>/archive/", product.product_archive, name="product_archive"),
    path("products/<uuid:product_id>/restore/", product.product_restore, name="product_restore"),
]
